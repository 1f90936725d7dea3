namespace Skep.Analysis.Drawing;

/// <summary>The colours of drawings.</summary>
internal static class FlowStyle
{
    /// <summary>CSS, for light and dark screens.</summary>
    public const string Sheet = """

        text{font:11px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,"Liberation Mono",monospace;fill:#24292f;white-space:pre}
        .sheet{fill:#ffffff}
        .frame{fill:none;stroke:#d0d7de;stroke-dasharray:6 4}
        .title{font-weight:bold}
        .block rect{fill:#f6f8fa;stroke:#57606a}
        .exit rect{stroke-width:2}
        .arrow{fill:none;stroke-width:1.3}
        .arrow:hover{stroke-width:3}
        .arrow.always{stroke:#57606a}.arrow.taken{stroke:#1a7f37}.arrow.not-taken{stroke:#cf222e}
        marker.always{fill:#57606a}marker.taken{fill:#1a7f37}marker.not-taken{fill:#cf222e}
        .label{font-size:9px}.label.taken{fill:#1a7f37}.label.not-taken{fill:#cf222e}
        .opcode,.comment{fill:#6e7781}.keyword{fill:#8250df}.register{fill:#0550ae}.number{fill:#953800}.size{fill:#116329}
        .helper,.kernelsymbol,.function{fill:#0a3069}tspan.label{font-size:11px;fill:#0550ae}.map{fill:#bf3989}.invalid{fill:#cf222e}
        @media(prefers-color-scheme:dark){
        text{fill:#d0d7de}.sheet{fill:#0d1117}.frame{stroke:#30363d}.block rect{fill:#161b22;stroke:#8b949e}
        .arrow.always{stroke:#8b949e}.arrow.taken{stroke:#3fb950}.arrow.not-taken{stroke:#f85149}
        marker.always{fill:#8b949e}marker.taken{fill:#3fb950}marker.not-taken{fill:#f85149}
        .label.taken{fill:#3fb950}.label.not-taken{fill:#f85149}
        .opcode,.comment{fill:#8b949e}.keyword{fill:#d2a8ff}.register{fill:#79c0ff}.number{fill:#ffa657}.size{fill:#7ee787}
        .helper,.kernelsymbol,.function{fill:#a5d6ff}tspan.label{fill:#79c0ff}.map{fill:#f778ba}.invalid{fill:#f85149}
        }

        """;
}
