/** What a stream needs of the connection that carries it. */
export interface StreamCarrier {
  /** Whether windows are obeyed on this connection. */
  readonly hasFlowControl: boolean;
  sendControl(type: number, payload: Uint8Array): void;
  sendReply(streamId: number, headers: Readonly<Record<string, string>>): void;
  /** Resolves once the socket took the bytes. */
  sendData(streamId: number, data: Buffer, isLast: boolean): Promise<void>;
  /** A stream's reader does not keep up (`+1`) or does again (`-1`). */
  countFull(change: 1 | -1): void;
  forget(streamId: number): void;
}
