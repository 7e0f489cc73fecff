/** The server's clock, as well as this screen can know it: TV boxes and kiosks often have wrong ones. */

/** Goes on from the server's last word by the monotonic clock: setting this machine's own changes nothing. */
export class ServerClock {
  private heard: number | null = null;
  private at = 0;

  /** Takes in a server time that has just arrived (RFC 3339). */
  hear(now: string): void {
    this.heard = Date.parse(now);
    this.at = performance.now();
  }

  /** The server's time now. Until the server was heard: the local time. */
  now(): Date {
    return this.heard === null ? new Date() : new Date(this.heard + performance.now() - this.at);
  }

  /** Seconds since the given server time, never below zero. */
  age(since: string): number {
    return Math.max(0, (this.now().getTime() - Date.parse(since)) / 1000);
  }
}
