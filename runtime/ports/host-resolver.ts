/** Asks DNS, and gives out only addresses that may be connected to. */
export interface HostResolver {
  /**
   * @param hostname a name or an IP literal, as `URL.hostname` gives it
   * @returns its addresses that may be connected to, at least one. Connect to these and to nothing that another look-up
   *   returns: the answer may have changed by then
   * @throws RejectedInput `unknown_host` when there is no such name, `forbidden_address` when none may be connected to
   * @throws TransientError when DNS does not answer for now
   */
  resolve(hostname: string, signal?: AbortSignal): Promise<readonly string[]>;
}
