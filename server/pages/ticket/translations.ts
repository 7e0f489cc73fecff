/** The texts of the ticket's page. */
import { common, ticket } from "../../texts/en.json";
import { common as commonId, ticket as ticketId } from "../../texts/id.json";
import { speaking } from "../shared/components/Speaking";

export const { Speaking, useWords } = speaking({
  en: { common, ticket },
  id: { common: commonId, ticket: ticketId },
});
