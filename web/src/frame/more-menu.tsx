// On a phone: the places that have no room in the bar.
import { Menu } from '@base-ui/react/menu'
import { Link } from '@tanstack/react-router'
import { Icon } from '../parts/icon.tsx'
import menu from '../parts/row-menu.module.css'
import css from './frame.module.css'
import type { Place } from './places.ts'

export function MoreMenu({ places }: { places: Place[] }) {
  return (
    <Menu.Root>
      <Menu.Trigger className={`${css['place']} ${css['more']}`}>
        <Icon name="more" />
        More
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner side="top" align="end" sideOffset={8} className={menu['positioner']}>
          <Menu.Popup className={menu['popup']}>
            {places.map(({ label, to }) => (
              <Menu.LinkItem
                key={to}
                className={menu['item']}
                render={<Link to={to} />}
                closeOnClick
              >
                {label}
              </Menu.LinkItem>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
