/// How the page of `gpunet-run --html` looks.
enum PageStyle {
  /// A style sheet that needs nothing else: no font, no picture.
  ///
  /// All texts stand out from what is behind them by at least 4.5 to 1 in either scheme, bars by 3 to 1.
  static let sheet = """
    :root {
      color-scheme: light dark;
      --ground: #f6f6f4; --card: #fff; --text: #1c1c1a; --quiet: #5c5c57; --line: #d8d8d3;
      --track: #e9e9e5; --bar: #2f6fb3; --fault: #a3231a;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #161617; --card: #202022; --text: #ececea; --quiet: #a9a9a4; --line: #3a3a3d;
        --track: #343437; --bar: #6aa9ec; --fault: #ff9a8f;
      }
    }
    @media print {
      :root {
        color-scheme: light;
        --ground: #fff; --card: #fff; --text: #000; --quiet: #444; --line: #999; --track: #e4e4e4;
        --bar: #2f6fb3; --fault: #a3231a;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 1.25rem 1rem 2rem; max-width: 100rem;
      background: var(--ground); color: var(--text);
      font: 1rem/1.4 system-ui, sans-serif; overflow-wrap: anywhere;
    }
    h1 { margin: 0 0 .25rem; font-size: 1.6rem; line-height: 1.2; }
    h2 { margin: 2rem 0 .5rem; font-size: 1.2rem; }
    p { margin: 0; }
    header { margin-bottom: 1.25rem; }
    header p, .source { color: var(--quiet); font-size: .875rem; }
    header a { color: inherit; }
    main {
      display: grid; gap: 1rem; align-items: start;
      grid-template-columns:
        repeat(auto-fill, minmax(min(100%, max(17rem, var(--picture) + 2rem)), 1fr));
    }
    figure {
      margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem;
      background: var(--card); break-inside: avoid;
    }
    img { display: block; max-width: 100%; height: auto; margin: 0 auto .75rem; }
    .file { font-weight: 600; margin-bottom: .5rem; }
    .folder { color: var(--quiet); font-weight: 400; }
    .failed .file, .failed .fault { color: var(--fault); }
    .fault { font-size: .875rem; }
    ol { list-style: none; margin: 0; padding: 0; }
    li { display: flex; flex-wrap: wrap; column-gap: .75rem; padding: .2rem 0; }
    .name { flex: 1; min-width: 0; }
    .percentage { font-variant-numeric: tabular-nums; }
    .bar {
      flex-basis: 100%; height: .4rem; margin-top: .15rem; border-radius: .2rem; overflow: hidden;
      background: var(--track); print-color-adjust: exact; -webkit-print-color-adjust: exact;
    }
    .bar span {
      display: block; height: 100%; background: var(--bar);
      print-color-adjust: exact; -webkit-print-color-adjust: exact;
    }
    table {
      width: 100%; max-width: 50rem; margin-top: .75rem; table-layout: fixed;
      border-collapse: collapse;
    }
    caption { text-align: start; color: var(--quiet); padding-bottom: .25rem; }
    th, td { text-align: start; vertical-align: top; padding: .25rem .75rem .25rem 0; }
    th { border-bottom: 1px solid var(--line); }
    th:first-child { width: 4rem; }
    .source { margin-top: 2rem; }
    @media print {
      :root { font-size: 12px; }
      body { padding: 0; max-width: none; }
      main { gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); }
      figure { padding: .75rem; }
      header a { display: none; }
      tr { break-inside: avoid; }
    }

    """
}
