/** Reloads a page after the server was upgraded, once nobody is in the middle of something. */
import { keep, keepsNothing, kept } from "./storage";

const CHECK_EVERY = 3_000;
const TRY_AGAIN_AFTER = 600_000;
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
    if (build === this.build || (kept("session", TRIED) === build && !keepsNothing())) return;
    const attempt = () => {
      if (!this.isIdle()) return;
      // A browser that keeps nothing does not know after the reload that this was tried: it tries ten minutes later.
      if (!keep("session", TRIED, build) && performance.now() < TRY_AGAIN_AFTER) return;
      clearInterval(this.waiting);
      this.reload();
    };
    this.waiting = setInterval(attempt, CHECK_EVERY);
    attempt();
  }

  close(): void {
    clearInterval(this.waiting);
  }
}
