/** What was looked at, and how it is. */
export interface Finding {
  /** What was looked at, for scripts. */
  readonly check: string;
  /** `wrong` keeps datagrams away or cannot go well; `unsure` may. */
  readonly state: 'right' | 'unsure' | 'wrong';
  /** A sentence, with what to do where it is not right. */
  readonly message: string;
}

export const right = (check: string, message: string): Finding => ({ check, state: 'right', message });
export const unsure = (check: string, message: string): Finding => ({ check, state: 'unsure', message });
export const wrong = (check: string, message: string): Finding => ({ check, state: 'wrong', message });
