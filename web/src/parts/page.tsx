// A page: breadcrumb, title with its status and actions, what it shows. And a section of it.
import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { HeadTools } from '../frame/head-tools.tsx'
import { brief } from '../words/hostile.ts'
import css from './page.module.css'

interface Crumb {
  label: string
  to: string
}

interface Props {
  /** May be somebody else's words. */
  title: string
  /** Before the title. */
  emblem?: ReactNode
  /** Shown in place of the title, which stays the name of the page. */
  heading?: ReactNode
  crumbs?: Crumb[]
  /** Beside the title. */
  aside?: ReactNode
  actions?: ReactNode
  /** Tables and logs take the whole width. */
  wide?: boolean
  children: ReactNode
}

export function Page({ title: given, heading, emblem, crumbs = [], ...rest }: Props) {
  const { aside, actions, wide, children } = rest
  const title = brief(given)
  useEffect(() => {
    document.title = `${title} · Tartan`
  }, [title])
  return (
    <>
      <header className={css['head']}>
        <nav aria-label="breadcrumb" className={css['crumbs']}>
          {crumbs.map(({ label, to }) => (
            <span key={to}>
              <Link to={to}>{label}</Link>
              <span aria-hidden="true"> / </span>
            </span>
          ))}
          <span aria-current="page">
            <bdi>{title}</bdi>
          </span>
        </nav>
        <HeadTools />
      </header>
      <main
        className={`${css['main']} ${wide === true ? css['wide'] : ''}`}
        id="main"
        tabIndex={-1}
      >
        <div className={css['title']}>
          <h1>
            {emblem}
            <span>{heading ?? <bdi>{title}</bdi>}</span>
          </h1>
          {aside}
          {actions !== undefined && <div className={css['actions']}>{actions}</div>}
        </div>
        {children}
      </main>
    </>
  )
}

interface SectionProps {
  title: string
  aside?: ReactNode
  children: ReactNode
}

export function Section({ title, aside, children }: SectionProps) {
  const id = `s-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`
  return (
    <section className={css['section']} aria-labelledby={id}>
      <div className={css['sectionHead']}>
        <h2 id={id}>
          <bdi>{brief(title)}</bdi>
        </h2>
        {aside}
      </div>
      {children}
    </section>
  )
}

/** Words and their values, in two columns. */
export function Facts({ of }: { of: [string, ReactNode][] }) {
  return (
    <dl className={css['facts']}>
      {of.map(([word, value]) => (
        <div key={word}>
          <dt>{word}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
