import type { Panel } from '../panel/panel.ts';
import type { QueryDraft } from '../query/query-editing.ts';

export const PLACEHOLDER = 'PromQL, such as rate(net_bytes_recv[1m])';

/** Of a field with an expression. */
export interface TextFieldProps {
  readonly panel: Panel;
  readonly draft: QueryDraft;
  /** For who can't see where it is. */
  readonly label: string;
  readonly testId: string;
  /** What is drawn can't be evaluated. */
  readonly isWrong: boolean;
  /** The user is to write here next. */
  readonly isFocused: boolean;
  readonly onDraw: () => void;
  /** What was typed is not wanted. */
  readonly onLeave: () => void;
}
