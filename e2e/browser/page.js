// The script of a page, as a person's own would be: it uses what browsers have, and nothing of ours.

/** What was told, by the name of who follows. */
window.told = {};

const begin = (name) => {
  window.told[name] = { ids: [], kinds: [], statuses: [], opened: 0, isOver: false, last: null };
  return window.told[name];
};

/** Follows with `EventSource` alone, which comes back by itself. */
window.followBySource = (name, path) => {
  const told = begin(name);
  const source = new EventSource(path);
  source.onopen = () => {
    told.opened += 1;
  };
  source.onerror = () => {
    told.isOver = source.readyState === EventSource.CLOSED;
  };
  for (const kind of ['task', 'snapshot', 'insight', 'import', 'position', 'reset']) {
    source.addEventListener(kind, (event) => {
      const data = JSON.parse(event.data);
      told.ids.push(event.lastEventId);
      told.kinds.push(kind);
      told.statuses.push((data.task ?? data).status ?? null);
    });
  }
};

/** Counts the tasks that end, and keeps nothing else. */
window.countEnds = (path) => {
  window.ends = 0;
  const source = new EventSource(path);
  source.addEventListener('task', (event) => {
    if (['SUCCESS', 'FAILURE', 'REVOKED'].includes(JSON.parse(event.data).task.status)) window.ends += 1;
  });
};

/** Asks for an ingest in the earlier version's words, and goes on behind what it was told where the connection breaks. */
window.ingestBySocket = (name, ingest) => {
  const told = begin(name);
  let task;
  const connect = () => {
    const socket = new WebSocket(`ws://${location.host}/ws`);
    socket.onopen = () => {
      told.opened += 1;
      const goOn = { action: 'subscribe', task_id: task, last_event_id: told.ids.at(-1) };
      socket.send(JSON.stringify(task ? goOn : { action: 'ingest', ...ingest }));
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      task = message.task_id;
      told.ids.push(message.event_id);
      told.statuses.push(message.status);
      told.last = message;
      told.isOver = ['completed', 'failed', 'error'].includes(message.status);
      if (told.isOver) socket.close();
    };
    socket.onclose = () => {
      if (!told.isOver) setTimeout(connect, 200);
    };
  };
  connect();
};
