extension HTMLReport {
  /// The style sheet of the page. Text has a contrast of at least 12 to 1 in both schemes, quiet text and links of 6 to 1.
  static let style: Markup = """
    :root {
      color-scheme: light dark;
      --paper: #ffffff; --text: #1a1a1a; --quiet: #595959; --line: #d0d0d0; --band: #f4f4f4; --link: #00589b; --alarm: #9c3500;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --paper: #16181d; --text: #e8e8e8; --quiet: #b0b0b0; --line: #3a3d44; --band: #20232a; --link: #7cc4f5; --alarm: #ffa657;
      }
    }
    * { box-sizing: border-box }
    html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
    body {
      margin: 0 auto; padding: 1.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 64rem; background: var(--paper); color: var(--text);
      font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere;
    }
    h1, h2, h3 { line-height: 1.25; text-wrap: balance }
    h1 { font-size: clamp(1.5rem, 5vw, 2rem); margin: 0 0 .5rem }
    h2 { font-size: 1.35rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line) }
    h3 { font-size: 1.1rem; margin: 1.75rem 0 .5rem }
    p, ul, dl { max-width: 44rem; margin: .75rem 0 }
    header p { color: var(--quiet); font-size: 1.1rem }
    a { color: var(--link) }
    nav ol { margin: 1rem 0; padding-left: 1.5rem; columns: 16rem }
    nav li { break-inside: avoid; padding: .15rem 0 }
    .warning { border-left: .3rem solid var(--alarm); background: var(--band); padding: .6rem 1rem }
    .warning strong { color: var(--alarm) }

    .scrolling { overflow-x: auto; margin: 1.25rem 0 }
    .scrolling:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
    table { border-collapse: collapse; font-size: .95rem; overflow-wrap: normal; width: max-content; min-width: min(100%, 24rem) }
    caption { text-align: left; padding: 0 0 .5rem; color: var(--quiet); max-width: min(44rem, 92vw) }
    caption strong, figcaption strong { color: var(--text) }
    th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top; max-width: 20rem; border-bottom: 1px solid var(--line) }
    th:last-child, td:last-child { padding-right: 0 }
    thead th { vertical-align: bottom; max-width: 7rem; border-bottom: 2px solid var(--text) }
    tbody th { font-weight: normal }
    .number { text-align: right; font-variant-numeric: tabular-nums }
    tbody .number { white-space: nowrap }
    pre { margin: 0; padding: .75rem 1rem; background: var(--band); font: .875rem/1.5 ui-monospace, monospace; width: max-content; min-width: 100% }

    dl div { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: 0 1rem; padding: .2rem 0; border-bottom: 1px solid var(--line) }
    dt { color: var(--quiet) }
    dd { margin: 0 }

    figure { margin: 1.5rem 0 }
    figcaption { color: var(--quiet) }
    .drawing { max-width: 37rem }
    .chart { display: block; width: 100%; height: auto }
    .row { margin-top: 1rem }
    .row-label { margin: 0 0 .35rem; font-weight: 600 }
    .pictures { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(max(6.25rem, (100% - (var(--columns) - 1) * .75rem) / var(--columns)), 1fr)) }
    .pictures figure { margin: 0; max-width: 20rem }
    .pictures img { display: block; width: 100%; height: auto; background: var(--band) }
    .pictures figcaption { font-size: .875rem; padding-top: .2rem }
    .key { white-space: nowrap; margin-right: 1rem }
    .swatch { display: inline-block; width: 1.6em; height: 1em; vertical-align: -.1em; border: 1px solid var(--line); print-color-adjust: exact; -webkit-print-color-adjust: exact }
    .positive { background: repeating-linear-gradient(135deg, #29b829 0 3px, #ffffff 3px 6px) }
    .negative { background: #d04040 }

    @media (max-width: 32rem) {
      dl div { grid-template-columns: 1fr }
    }
    @media print {
      @page { margin: 15mm }
      body { padding: 0; max-width: none; font-size: 10pt }
      a { color: inherit; text-decoration: none }
      h2, h3, caption, thead, tr:first-child, .row-label, figure > figcaption:first-child { break-after: avoid }
      thead { display: table-header-group }
      thead th { max-width: 6rem; overflow-wrap: break-word }
      th, td { padding-right: .6rem }
      table, tr, pre, .drawing, .row, .warning, dl div { break-inside: avoid }
      .scrolling { overflow: visible }
      .pictures { grid-template-columns: repeat(var(--columns), 1fr) }
      table { font-size: 8.5pt; width: auto }
      caption { max-width: none }
      .drawing { max-width: 13cm }
      pre { width: auto; white-space: pre-wrap }
    }
    """
}
