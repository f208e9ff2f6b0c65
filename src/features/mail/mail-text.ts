import type { MailFacts, MailKind } from './mail-kind.js';

/**
 * Subject and text of a mail; `appUrl` without a closing slash. The token is in the fragment of the link, which browsers
 * send to no server. A mail without a token has no link.
 */
export function writeMail(
  kind: MailKind,
  facts: MailFacts,
  appUrl: string,
  token: string | null,
): { subject: string; text: string } {
  const { subject, lead, close } = kind.write(facts);
  const link = kind.link && token !== null ? [`${appUrl}/${kind.link.page}#token=${token}`] : [];
  return { subject, text: `${['Hello,', lead, ...link, close].join('\n\n')}\n` };
}
