import { ANSWER_PART_BYTES, type AnswerWriter, type ExportPart } from '@overseer/shared';
import { TextBuffer } from './text-buffer.ts';

/** Text on its way to the asker, in parts. */
export class TextAnswer {
  readonly text = new TextBuffer();
  #rows = 0;
  #rowsSent = 0;

  constructor(private readonly answer: AnswerWriter) {}

  /** Aborted when the asker is gone. */
  get signal(): AbortSignal {
    return this.answer.signal;
  }

  /** All that were written, sent or not. */
  get rows(): number {
    return this.#rows;
  }

  countRow(): void {
    this.#rows++;
  }

  get isFull(): boolean {
    return this.text.length >= ANSWER_PART_BYTES;
  }

  /** Sends what there is; waits while the asker has too much before it. A row may be longer than a part: parts end anywhere. */
  async flush(): Promise<void> {
    const { bytes } = this.text;
    for (let at = 0; at < bytes.length; at += ANSWER_PART_BYTES) {
      const isLast = at + ANSWER_PART_BYTES >= bytes.length;
      const part: ExportPart = {
        text: bytes.subarray(at, at + ANSWER_PART_BYTES),
        rows: isLast ? this.#rows - this.#rowsSent : 0,
      };
      await this.answer.send(part);
    }
    this.#rowsSent = this.#rows;
    this.text.clear();
  }
}
