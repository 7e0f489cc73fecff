/** Keeps the screen of a kiosk or wall on, where the browser lets a page do that. */

/** Milliseconds after which a lock that was refused or taken away is asked for again. */
const AGAIN = 30_000;

/**
 * Holds a screen wake lock for as long as the page is seen. The `data-screen` of the document says "on", or why the
 * screen may go dark, to the launcher that looks after this browser. Over plain HTTP a browser without that launcher
 * has no such lock, and the device's own settings decide.
 */
export function keepScreenOn(): void {
  const say = (what: string) => (document.documentElement.dataset.screen = what);
  if (!("wakeLock" in navigator)) {
    say(isSecureContext ? "it has no wake lock" : "it has a wake lock over HTTPS alone");
    return;
  }
  let held = false;
  const hold = () => {
    if (held || document.visibilityState !== "visible") return;
    navigator.wakeLock.request("screen").then(
      (lock) => {
        held = true;
        say("on");
        lock.addEventListener("release", () => {
          held = false;
          say("it took its wake lock away");
        });
      },
      (refusal: Error) => say(`it refuses a wake lock: ${refusal.name}`),
    );
  };
  document.addEventListener("visibilitychange", hold);
  setInterval(hold, AGAIN);
  hold();
}
