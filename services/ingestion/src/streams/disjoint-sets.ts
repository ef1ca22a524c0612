/** Sets that are joined pair by pair (R. E. Tarjan's union-find). */
export class DisjointSets {
  private readonly parents: number[];

  constructor(private readonly size: number) {
    this.parents = Array.from({ length: size }, (_, index) => index);
  }

  join(a: number, b: number): void {
    const [first, second] = [this.root(a), this.root(b)];
    // Towards the smaller, so that the result does not depend on the order.
    this.parents[Math.max(first, second)] = Math.min(first, second);
  }

  root(of: number): number {
    let at = of;
    for (let parent = this.parents[at] ?? at; parent !== at; parent = this.parents[at] ?? at) {
      this.parents[at] = this.parents[parent] ?? parent;
      at = parent;
    }
    return at;
  }

  /** Members of each set, in the order of the smallest. */
  sets(): number[][] {
    const all = Array.from({ length: this.size }, (_, index) => index);
    return [...Map.groupBy(all, (index) => this.root(index)).values()];
  }
}
