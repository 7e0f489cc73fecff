/** Reloads a page after the server was upgraded, once nobody is in the middle of something. */

const CHECK_EVERY = 3_000;
const TRIED = "giliran.reloaded-for";

/** Watches which build the server runs, and reloads the page when it is another one and `isIdle` allows. */
export class Upgrade {
  private waiting: ReturnType<typeof setInterval> | undefined;

  /** `build`: what this page was loaded with. */
  constructor(
    private readonly build: string,
    private readonly isIdle: () => boolean = () => true,
    private readonly reload: () => void = () => location.reload(),
  ) {}

  /** Takes in the build that the server says it runs. */
  serverRuns(build: string): void {
    clearInterval(this.waiting);
    // A proxy that keeps serving the old page must not make it reload for ever: once for each build.
    if (build === this.build || sessionStorage.getItem(TRIED) === build) return;
    const attempt = () => {
      if (!this.isIdle()) return;
      clearInterval(this.waiting);
      sessionStorage.setItem(TRIED, build);
      this.reload();
    };
    this.waiting = setInterval(attempt, CHECK_EVERY);
    attempt();
  }

  close(): void {
    clearInterval(this.waiting);
  }
}
