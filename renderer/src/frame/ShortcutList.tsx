// Every shortcut, in groups: for the settings and for the list that `?` opens.
import { shortcutGroups } from './shortcuts.ts';

export function ShortcutList() {
  return (
    <div className="shortcut-groups">
      {shortcutGroups.map((group) => (
        <section key={group.title} className="break-inside-avoid pb-4">
          <h3 className="mb-1 font-[600] text-ink">{group.title}</h3>
          <dl>
            {group.shortcuts.map((shortcut) => (
              <div
                key={shortcut.text}
                className="flex min-h-[30px] items-center gap-3 border-b border-line py-1"
              >
                <dt className="min-w-0 flex-1 text-ink-2">{shortcut.text}</dt>
                <dd className="flex flex-none gap-1">
                  {shortcut.keys.map((key) => (
                    <kbd key={key} className="kbd">
                      {key}
                    </kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
