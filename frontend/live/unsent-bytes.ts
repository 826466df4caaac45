/** What waits in this process for slow connections, all together. */
export class UnsentBytes {
  #bytes = 0;

  constructor(readonly bytesMax: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  get hasRoom(): boolean {
    return this.#bytes < this.bytesMax;
  }

  /** @param by how many more wait for a connection than when it was last asked */
  change(by: number): void {
    this.#bytes += by;
  }
}
