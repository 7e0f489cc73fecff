/** The server's clock, as well as this screen can know it: TV boxes and kiosks often have wrong ones. */

/** Keeps the distance between the server's clock and the local one. */
export class ServerClock {
  private offset = 0;

  /** Takes in a server time that has just arrived (RFC 3339). */
  hear(now: string): void {
    this.offset = Date.parse(now) - Date.now();
  }

  /** The server's time now. Until the server was heard: the local time. */
  now(): Date {
    return new Date(Date.now() + this.offset);
  }

  /** Seconds since the given server time, never below zero. */
  age(since: string): number {
    return Math.max(0, (this.now().getTime() - Date.parse(since)) / 1000);
  }
}
