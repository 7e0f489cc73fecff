/** The second step, where the branch has priority classes: which of them fits, the general one first. */
import { Icon, type IconName } from "../../server/pages/shared/components/Icon";
import type { PriorityClass, ServiceInfo } from "../../server/pages/shared/contract";
import { Title } from "./Title";
import { useWords } from "./translations";

interface ClassesProps {
  service: ServiceInfo;
  classes: PriorityClass[];
  /** Null: no priority. */
  onChoose: (priority: string | null) => void;
}

export function Classes({ service, classes, onChoose }: ClassesProps) {
  const words = useWords();
  return (
    <>
      <p class="chosen">
        <span class="service__code" aria-hidden="true">
          {service.code}
        </span>
        <span>{words.name(service.name)}</span>
      </p>
      <Title hint={words.text("kiosk.choose_class_hint")}>{words.text("kiosk.choose_class")}</Title>
      <ul class="classes" style={{ "--count": classes.length + 1 }}>
        <ClassTile
          icon="person"
          name={words.text("kiosk.class_normal")}
          text={words.text("kiosk.class_normal_text")}
          onChoose={() => onChoose(null)}
        />
        {classes.map((each) => (
          <ClassTile
            key={each.code}
            icon={iconOf(each.code)}
            name={words.name(each.name)}
            text={headStart(each)}
            onChoose={() => onChoose(each.code)}
          />
        ))}
      </ul>
      <p class="classes__fair">{words.text("kiosk.class_fair")}</p>
    </>
  );

  function headStart({ head_start_minutes: minutes }: PriorityClass): string {
    return minutes > 0 ? words.text("kiosk.class_text", { n: minutes }) : words.text("kiosk.class_text_none");
  }
}

interface ClassTileProps {
  icon: IconName;
  name: string;
  text: string;
  onChoose: () => void;
}

function ClassTile({ icon, name, text, onChoose }: ClassTileProps) {
  return (
    <li>
      <button type="button" class="tile class" onClick={onChoose}>
        <span class="class__icon" aria-hidden="true">
          <Icon name={icon} />
        </span>
        <span class="class__body">
          <span class="class__name">{name}</span>
          <span class="class__text">{text}</span>
        </span>
      </button>
    </li>
  );
}

/** Branches name their classes themselves; the usual codes have pictures of their own. */
const ICONS: ReadonlyArray<[RegExp, IconName]> = [
  [/senior|elder|lansia|old/, "cane"],
  [/disab|difabel|wheel/, "wheelchair"],
  [/pregnan|expect|hamil|mother|ibu/, "expecting"],
  [/appoint|booked|janji/, "calendar"],
];

function iconOf(code: string): IconName {
  return ICONS.find(([pattern]) => pattern.test(code))?.[1] ?? "heart";
}
