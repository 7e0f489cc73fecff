/** The mark of Giliran: a ticket torn from its roll. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <path class="mark__paper" d="M9 3h22v31l-3.67-3-3.67 3-3.67-3-3.67 3-3.67-3-3.65 3z" />
      <path class="mark__line" d="M14 10h12M14 24h12" />
      <circle class="mark__turn" cx="20" cy="17" r="4" />
    </svg>
  );
}
