using System.Globalization;
using System.Net;
using System.Text;

namespace Skep.Filter.Bench;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Points">Its points, from the left.</param>
/// <param name="Color">Its place among the colours.</param>
/// <param name="IsDashed">Whether it is dashed.</param>
internal sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points, int Color, bool IsDashed);

/// <summary>Lines over a logarithmic axis of numbers of rules, as SVG.</summary>
internal sealed class SvgChart(string title, string unit, bool isLogarithmic)
{
    private const double Width = 760, Height = 440, Left = 64, Right = 150, Top = 62, Bottom = 46;
    private const double Label = 15;

    // Told apart also without colours: the names stand at the ends of the lines.
    private static readonly string[] s_colors =
        ["#0b62a4", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#be185d", "#0f766e", "#4b5563", "#1e1e1e"];

    /// <summary>What the title leaves open.</summary>
    internal string Note { get; init; } = "";

    private readonly StringBuilder _svg = new();
    private double _xMost = 1, _yLeast = double.MaxValue, _yMost;

    internal string Draw(IReadOnlyList<ChartLine> lines)
    {
        foreach (var (x, y) in lines.SelectMany(l => l.Points))
        {
            _xMost = Math.Max(_xMost, x);
            _yLeast = Math.Min(_yLeast, y);
            _yMost = Math.Max(_yMost, y);
        }
        _yLeast = isLogarithmic ? Math.Pow(10, Math.Floor(Math.Log10(Math.Max(1, _yLeast)))) : 0;
        _yMost = isLogarithmic ? Math.Pow(10, Math.Ceiling(Math.Log10(_yMost) - 0.001)) : Math.Ceiling(_yMost);
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Add($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Text(Left, 22, title, "start", " font-size=\"15\" font-weight=\"bold\"");
        Text(Left, 40, Note, "start", " fill=\"#4b5563\"");
        DrawAxes();
        foreach (var line in lines) DrawLine(line);
        DrawNames([.. lines.Where(l => !l.IsDashed)]);
        _svg.Append("</svg>\n");
        return _svg.ToString();
    }

    private void DrawAxes()
    {
        for (double rules = 1; rules <= _xMost; rules *= 10)
        {
            Add($"<path d=\"M{X(rules):F1} {Top} V{Height - Bottom}\" stroke=\"#e5e7eb\"/>");
            Text(X(rules), Height - Bottom + 18, rules.ToString("N0", CultureInfo.InvariantCulture), "middle");
        }
        Text((Left + Width - Right) / 2, Height - 8, "rules", "middle");
        var step = isLogarithmic ? 10 : Math.Max(1, Math.Ceiling(_yMost / 8));
        for (var y = isLogarithmic ? _yLeast : step; y <= _yMost; y = isLogarithmic ? y * step : y + step)
        {
            Add($"<path d=\"M{Left} {Y(y):F1} H{Width - Right}\" stroke=\"#e5e7eb\"/>");
            Text(Left - 8, Y(y) + 4, y.ToString("N0", CultureInfo.InvariantCulture), "end");
        }
        Text(Left - 8, Top - 8, unit, "end");
        Add($"<path d=\"M{Left} {Top} V{Height - Bottom} H{Width - Right}\" fill=\"none\" stroke=\"#374151\"/>");
    }

    private void DrawLine(ChartLine line)
    {
        var dash = line.IsDashed ? " stroke-dasharray=\"5 4\"" : "";
        var points = string.Join(' ', line.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):F1},{Y(p.Y):F1}")));
        Add($"<polyline points=\"{points}\" fill=\"none\" stroke=\"{Color(line)}\" stroke-width=\"2\"{dash}/>");
        if (line.Points.Count == 1)
        {
            Add($"<path d=\"M{Left} {Y(line.Points[0].Y):F1} H{Width - Right}\" stroke=\"{Color(line)}\" stroke-dasharray=\"2 4\"/>");
            return;
        }
        foreach (var (x, y) in line.Points) Add($"<circle cx=\"{X(x):F1}\" cy=\"{Y(y):F1}\" r=\"3\" fill=\"{Color(line)}\"/>");
    }

    /// <summary>The names in the order of the lines' ends, moved apart where they would stand on each other.</summary>
    private void DrawNames(IReadOnlyList<ChartLine> lines)
    {
        var names = lines.Select(l => (Line: l, At: Y(l.Points[^1].Y))).OrderBy(n => n.At).ToArray();
        for (var i = 1; i < names.Length; i++) names[i].At = Math.Max(names[i].At, names[i - 1].At + Label);
        var over = names.Length > 0 ? names[^1].At - (Height - Bottom) : 0;
        for (var i = names.Length - 1; i >= 0 && over > 0; i--)
            names[i].At = Math.Min(names[i].At, Height - Bottom - Label * (names.Length - 1 - i));
        foreach (var (line, at) in names)
        {
            var (x, y) = (line.Points.Count == 1 ? Width - Right : X(line.Points[^1].X), Y(line.Points[^1].Y));
            Add($"<path d=\"M{x + 4:F1} {y:F1} L{Width - Right + 14} {at:F1}\" stroke=\"{Color(line)}\" stroke-opacity=\"0.35\"/>");
            Text(Width - Right + 18, at + 4, line.Name, "start", $" fill=\"{Color(line)}\"");
        }
    }

    private static string Color(ChartLine line) => s_colors[line.Color % s_colors.Length];

    private double X(double rules) => Left + Math.Log10(rules) / Math.Max(1, Math.Log10(_xMost)) * (Width - Left - Right);

    private double Y(double y)
    {
        var part = isLogarithmic
            ? (Math.Log10(Math.Max(_yLeast, y)) - Math.Log10(_yLeast)) / (Math.Log10(_yMost) - Math.Log10(_yLeast))
            : y / _yMost;
        return Height - Bottom - part * (Height - Top - Bottom);
    }

    private void Text(double x, double y, string text, string anchor, string more = "") =>
        Add($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\"{more}>{WebUtility.HtmlEncode(text)}</text>");

    private void Add(FormattableString line) => _svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
