using System.Globalization;
using System.Net;
using Skep.Output;

namespace Skep.Debug.Verify;

/// <summary>Writes a program with its source lines and the verifier's states beside each other, as text or HTML.</summary>
public static class AnnotationWriter
{
    private const int TextWidth = 44;

    private const string Begin = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>skep prog verify</title>
        <style>
        body { font: 14px/1.4 sans-serif; margin: 1rem; color: #1a1a1a; background: #fff; }
        table { border-collapse: collapse; margin-bottom: 2rem; }
        th { text-align: left; }
        th, td { padding: 0 .75rem 0 0; vertical-align: top; }
        td, pre { font: 13px/1.4 monospace; white-space: pre-wrap; }
        .source td { padding-top: .5rem; color: #0b5394; }
        .path td { background: #f3f3f3; }
        .refused td { background: #fde2e2; font-weight: bold; }
        .never td { color: #6b6b6b; }
        </style>
        </head>
        <body>

        """;

    /// <summary>Writes a program as text.</summary>
    public static void WriteText(TextWriter output, IReadOnlyList<AnnotatedLine> lines)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(lines);
        foreach (AnnotatedLine line in lines)
        {
            if (line.Source is { } source) output.WriteLine($"; {SafeText.Escape(Place(source))}");
            string mark = line.IsRefused ? "->" : line.IsOnPath ? " |" : "  ";
            string text = $"{mark} {line.Insn,5}: {SafeText.Escape(line.Text)}";
            string state = line.Visits == 0 ? "(not walked over)" : SafeText.Escape(line.State);
            output.WriteLine(state.Length == 0 ? text : $"{text.PadRight(TextWidth)}  {state}");
        }
    }

    /// <summary>Writes programs as a page of HTML that needs nothing else.</summary>
    public static void WriteHtml(TextWriter output, IEnumerable<(Verification One, IReadOnlyList<AnnotatedLine> Lines)> programs)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(programs);
        output.Write(Begin);
        foreach ((Verification one, IReadOnlyList<AnnotatedLine> lines) in programs)
        {
            using var text = new StringWriter(CultureInfo.InvariantCulture);
            VerificationText.Write(text, one, withLog: false);
            output.WriteLine($"<h1>{Html(one.Program ?? "program")}</h1>");
            output.WriteLine($"<pre>{Html(text.ToString().TrimEnd())}</pre>");
            output.WriteLine("<table>");
            output.WriteLine("<thead><tr><th>slot</th><th>instruction</th><th>visits</th><th>state after it</th></tr></thead>");
            output.WriteLine("<tbody>");
            foreach (AnnotatedLine line in lines) WriteRow(output, line);
            output.WriteLine("</tbody>");
            output.WriteLine("</table>");
        }

        output.WriteLine("</body>");
        output.WriteLine("</html>");
    }

    private static void WriteRow(TextWriter output, AnnotatedLine line)
    {
        if (line.Source is { } source) output.WriteLine($"<tr class=\"source\"><td></td><td colspan=\"3\">{Html(Place(source))}</td></tr>");
        string kind = line.IsRefused ? "refused" : line.IsOnPath ? "path" : line.Visits == 0 ? "never" : "";
        output.WriteLine(
            $"<tr{(kind.Length > 0 ? $" class=\"{kind}\"" : "")}><td>{line.Insn}</td><td>{Html(line.Text)}</td><td>{line.Visits}</td>"
            + $"<td>{Html(line.State)}</td></tr>");
    }

    private static string Place(SourcePlace source) => source.File is null
        ? source.Text : $"{Path.GetFileName(source.File)}:{source.Line.ToString(CultureInfo.InvariantCulture)}: {source.Text}";

    private static string Html(string text) => WebUtility.HtmlEncode(SafeText.EscapeLines(text));
}
