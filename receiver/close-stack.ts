/** What was opened is closed in the opposite order; the first error is thrown when all is done. */
export interface CloseStack {
  add(close: () => unknown): void;
  close(): Promise<void>;
}

export function createCloseStack(): CloseStack {
  const parts: (() => unknown)[] = [];
  return {
    add: (close) => void parts.unshift(close),
    async close() {
      const failures: unknown[] = [];
      for (const part of parts) {
        try {
          await part();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
