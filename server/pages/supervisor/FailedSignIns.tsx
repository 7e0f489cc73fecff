/**
 * Tells a supervisor of accounts at which sign-in fails again and again: a forgotten password, or somebody guessing.
 */
import { useEffect } from "preact/hooks";

import { Banner } from "../shared/components/Banner";
import type { SignInFailures } from "../shared/contract";
import type { Staff } from "../staff/StaffPage";
import { useWords } from "./translations";
import { useLoaded } from "./useLoaded";

/** Milliseconds between two looks. */
const LOOK = 30_000;

export function FailedSignIns({ staff }: { staff: Staff }) {
  const words = useWords();
  const { value, reload } = useLoaded<{ failures: SignInFailures[] }>(
    `/branches/${staff.branch.slug}/sign-in-failures`,
    staff.expire,
  );
  useEffect(() => {
    const timer = setInterval(reload, LOOK);
    return () => clearInterval(timer);
  }, []);
  if (!value?.failures.length) return null;

  const moment = (at: string, beside: string) =>
    words.date(at) === words.date(beside)
      ? words.time(at)
      : words.text("supervisor.clock_at", { date: words.date(at), time: words.time(at) });
  return (
    <Banner tone="warning">
      <div>
        {value.failures.map((each) => (
          <p key={each.name}>
            {words.text("supervisor.sign_ins_failed", {
              n: each.count,
              name: each.name,
              since: moment(each.first_at, each.last_at),
              last: words.time(each.last_at),
              address: each.last_address,
            })}
          </p>
        ))}
        <p>{words.text("supervisor.sign_ins_failed_hint")}</p>
      </div>
    </Banner>
  );
}
