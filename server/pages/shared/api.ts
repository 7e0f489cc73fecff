/** The HTTP API: sends, retries what is safe to retry, and turns every failure into one typed `Problem`. */
import type { ProblemDetails, Ticket } from "./contract";
import { type Press, press } from "./idempotencyKey";

export { type Press, press } from "./idempotencyKey";

/** `code` of a request that never got an answer: no network, no server, or no answer in time. */
export const UNREACHABLE = "unreachable";

/**
 * A request that failed. `code` is the API's stable code, or `unreachable` with status 0.
 * `ticket`: with `ticket-state-conflict`, the ticket as it truly is. `candidates`: with `ambiguous-number`, the numbers
 * that may be meant. `opensAt`: when there are numbers again, where
 * none are given now; `closesAt`: when the branch closes, where it is still open. `possibleAt`, `recallsMissing`: with
 * `too-early`, from when on, and after how many more calls, it may be done. `errors`: what is wrong with what was
 * sent, each with `where` and `what`.
 */
export class Problem extends Error {
  readonly code: string;
  readonly title: string;
  readonly detail: string | null;
  readonly status: number;
  readonly ticket: Ticket | null;
  readonly candidates: string[] | null;
  readonly opensAt: string | null;
  readonly closesAt: string | null;
  readonly possibleAt: string | null;
  readonly recallsMissing: number;
  readonly errors: readonly Record<string, unknown>[];

  constructor(details: ProblemDetails) {
    super(details.detail || details.title);
    this.name = "Problem";
    this.code = details.code;
    this.title = details.title;
    this.detail = details.detail;
    this.status = details.status;
    this.ticket = details.ticket ?? null;
    this.candidates = details.candidates ?? null;
    this.opensAt = details.opens_at ?? null;
    this.closesAt = details.closes_at ?? null;
    this.possibleAt = details.possible_at ?? null;
    this.recallsMissing = details.recalls_missing ?? 0;
    this.errors = details.errors ?? [];
  }
}

export interface ApiOptions {
  /** A device's bearer token. Without one the session cookie speaks, with `csrf`. */
  token?: string | null;
  /** The session's `csrf_token`; may be set later, after signing in. */
  csrf?: string | null;
  /** How long one attempt may take, in milliseconds. */
  timeout?: number;
  /** Pauses between attempts, in milliseconds; their number is the number of retries. */
  pauses?: readonly number[];
  base?: string;
}

export interface RequestOptions {
  /** The press this request belongs to. Give it when the caller itself may send the same press again. */
  key?: Press;
  /** How long one attempt of this request may take, if not as long as the others. */
  timeout?: number;
  /** Stops the request and its retries; it then fails with the signal's `AbortError`. */
  signal?: AbortSignal;
}

/** Answers that say "not now": the action may or may not have happened, so only the same key may ask again. */
const PASSING = [502, 503, 504];

/** A client of `/api/v1`. Every method answers the parsed body (null for 204) or throws a `Problem`. */
export class Api {
  csrf: string | null;
  private readonly token: string | null;
  private readonly timeout: number;
  private readonly pauses: readonly number[];
  private readonly base: string;

  constructor(options: ApiOptions = {}) {
    this.token = options.token ?? null;
    this.csrf = options.csrf ?? null;
    this.timeout = options.timeout ?? 8000;
    this.pauses = options.pauses ?? [300, 900, 2000, 4000];
    this.base = options.base ?? "/api/v1";
  }

  get<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.send<T>("GET", path, undefined, options);
  }

  /** Sends one action. All its attempts carry one `Idempotency-Key`, so that it is done once. */
  post<T>(path: string, body: object = {}, options: RequestOptions = {}): Promise<T> {
    return this.send<T>("POST", path, body, { ...options, key: options.key ?? press() });
  }

  /** Makes what is at the path be as given; sent twice it changes nothing more, so it needs no key. */
  put<T>(path: string, body: object, options: RequestOptions = {}): Promise<T> {
    return this.send<T>("PUT", path, body, options);
  }

  delete<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return this.send<T>("DELETE", path, undefined, options);
  }

  private async send<T>(method: string, path: string, body: object | undefined, options: RequestOptions): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      const last = attempt >= this.pauses.length;
      try {
        return await this.attempt<T>(method, path, body, options);
      } catch (error) {
        if (options.signal?.aborted) throw abortError();
        const passing = error instanceof Problem && (error.status === 0 || PASSING.includes(error.status));
        if (!passing || last) throw error;
      }
      await pause(jittered(this.pauses[attempt]!), options.signal);
    }
  }

  private async attempt<T>(
    method: string,
    path: string,
    body: object | undefined,
    options: RequestOptions,
  ): Promise<T> {
    const aborter = new AbortController();
    const giveUp = () => aborter.abort();
    const timer = setTimeout(giveUp, options.timeout ?? this.timeout);
    options.signal?.addEventListener("abort", giveUp);
    if (options.signal?.aborted) giveUp(); // stopped before it was sent
    try {
      const response = await fetch(this.base + path, {
        method,
        headers: this.headers(body, options.key),
        body: body === undefined ? null : JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-store",
        signal: aborter.signal,
      });
      const text = await response.text();
      if (!response.ok) throw asProblem(response, text);
      return (text ? JSON.parse(text) : null) as T;
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem({ code: UNREACHABLE, title: "No answer from the server", detail: String(error), status: 0 });
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", giveUp);
    }
  }

  private headers(body: object | undefined, key: Press | undefined): Record<string, string> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    if (this.token) headers["Authorization"] = `Bearer ${this.token}`;
    else if (this.csrf) headers["X-CSRF-Token"] = this.csrf;
    return headers;
  }
}

/** Reads a problem document; a proxy's own error page becomes a problem with the code `http-<status>`. */
function asProblem(response: Response, text: string): Problem {
  const bare = { code: `http-${response.status}`, title: response.statusText, detail: null, status: response.status };
  if (!(response.headers.get("Content-Type") ?? "").includes("json")) return new Problem(bare);
  return new Problem({ ...bare, ...(JSON.parse(text) as Partial<ProblemDetails>) });
}

/** Half to one and a half of the pause, so that a hall of devices does not come back in step. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random());
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(abortError());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop);
  });
}

function abortError(): DOMException {
  return new DOMException("The request was stopped", "AbortError");
}
