// The icons: strokes on a grid of sixteen. They stand beside words, never for them.
const shapes = {
  overview: 'M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z',
  bank: 'M2 6.5 8 2.5l6 4zM3.5 6.5V12M6.5 6.5V12M9.5 6.5V12M12.5 6.5V12M2 13.5h12',
  money: 'M2 13.5h12M4 13.5V8M8 13.5V3M12 13.5V6',
  data: 'M2 3h12v10H2zM2 6.5h12M6.5 6.5V13',
  syncs: 'M2.5 6.5h9M9 3.5l3 3-3 3M13.5 10.5h-9M7 7.5',
  jobs: 'M3 3.5h10M3 8h10M3 12.5h6',
  ends: 'M2 8h4M10 8h4M6 5h4v6H6z',
  alert: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01',
  verify: 'M2.5 8.5 6 12l7.5-8',
  webhooks: 'M8 2.5v6M5.5 6 8 8.5 10.5 6M2.5 9.5v4h11v-4',
  settings: 'M2 4.5h7M12 4.5h2M10.5 3v3M2 11.5h2M7 11.5h7M5.5 10v3',
  world:
    'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM2 8h12' +
    'M8 2c2.2 1.8 2.8 4 2.8 6S10.2 12.2 8 14' +
    'M8 2C5.8 3.8 5.2 6 5.2 8S5.8 12.2 8 14',
  system: 'M2.5 3h11v4.5h-11zM2.5 8.5h11V13h-11zM5 5.2h.01M5 10.8h.01',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14',
  filter: 'M2 4h12M4.5 8h7M7 12h2',
  eye:
    'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z' +
    'M8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  hidden: 'M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM3 13.5l10-11',
  light:
    'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.2M8 13.3v1.2' +
    'M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9' +
    'M11.7 4.3l.9-.9',
  dark: 'M13.5 9.5A5.8 5.8 0 0 1 6.5 2.5a5.8 5.8 0 1 0 7 7z',
  play: 'M4.5 2.8v10.4L13 8z',
  stop: 'M4 4h8v8H4z',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  right: 'M6 3.5 10.5 8 6 12.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  up: 'M3.5 10 8 5.5l4.5 4.5',
  download: 'M8 2.5v7.5M4.5 7 8 10.5 11.5 7M2.5 13.5h11',
  out: 'M6.5 3.5h-3v9h9v-3M9 3.5h3.5V7M12.5 3.5 7.5 8.5',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5v2.8h-2.8',
  wrench:
    'M13.2 4.2 11 6.4 9.6 5l2.2-2.2a3.6 3.6 0 0 0-4.7 4.7L2.5 12.1l1.4 1.4' +
    ' 4.6-4.6a3.6 3.6 0 0 0 4.7-4.7z',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.8V8l2.2 1.6',
  person: 'M8 2.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM3 13.5c.4-2.8 2.4-4 5-4s4.6 1.2 5 4',
  key: 'M5 6.5a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM7 7.5l6-5M11 4.2l1.8 2',
} as const

export type IconName = keyof typeof shapes

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={shapes[name]} />
    </svg>
  )
}
