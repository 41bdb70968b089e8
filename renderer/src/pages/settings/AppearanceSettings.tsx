// Settings: light or dark, and where details open.
import { Segmented } from '../../components/Segmented.tsx';
import { placeDetails, useLayout } from '../../state/layout-store.ts';
import { chooseTheme, useTheme } from '../../state/theme-store.ts';
import { en } from '../../strings/en.ts';
import { SettingRow } from './SettingRow.tsx';

const words = en.settings;

export function AppearanceSettings() {
  const theme = useTheme((state) => state.choice);
  const place = useLayout((state) => state.place);
  return (
    <>
      <SettingRow title={en.theme.label} note={words.themeNote}>
        <Segmented
          label={en.theme.label}
          value={theme}
          onChoose={chooseTheme}
          options={[
            { value: 'light', text: en.theme.light },
            { value: 'dark', text: en.theme.dark },
            { value: 'system', text: en.theme.system },
          ]}
        />
      </SettingRow>
      <SettingRow title={words.details} note={words.detailsNote}>
        <Segmented
          label={words.details}
          value={place}
          onChoose={placeDetails}
          options={[
            { value: 'auto', text: words.auto },
            { value: 'below', text: words.below },
            { value: 'beside', text: words.beside },
          ]}
        />
      </SettingRow>
    </>
  );
}
