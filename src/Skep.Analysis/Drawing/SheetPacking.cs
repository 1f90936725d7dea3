namespace Skep.Analysis.Drawing;

/// <summary>
/// Puts drawings of several functions on one sheet, about as wide as it is high: the first in the upper left corner, then the highest
/// ones first, each where its lower side is highest.
/// </summary>
public static class SheetPacking
{
    private const double Gap = 24, Shape = 1.2;

    /// <summary>The upper left corner of each drawing, in their order.</summary>
    /// <param name="sizes">Their sizes.</param>
    /// <param name="sheet">The size of the sheet.</param>
    public static IReadOnlyList<Point> Place(IReadOnlyList<BlockSize> sizes, out BlockSize sheet)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        double area = sizes.Sum(size => (size.Width + Gap) * (size.Height + Gap));
        double limit = Math.Max(sizes.Select(size => size.Width).DefaultIfEmpty().Max(), Math.Sqrt(area) * Shape) + Gap;
        var corners = new Point[sizes.Count];
        var skyline = new List<(double X, double Width, double Y)> { (0, limit, 0) };
        double width = 0, height = 0;
        foreach (int i in Enumerable.Range(0, sizes.Count).OrderBy(i => i == 0 ? 0 : 1).ThenByDescending(i => sizes[i].Height))
        {
            double wide = sizes[i].Width + Gap;
            (double x, double y) =
                skyline.Where(part => part.X + wide <= limit + 0.5).Select(part => (part.X, Y: Floor(skyline, part.X, wide)))
                    .MinBy(at => (at.Y, at.X));
            corners[i] = new Point(x + Gap, y + Gap);
            skyline = Raise(skyline, x, wide, y + sizes[i].Height + Gap);
            width = Math.Max(width, x + wide);
            height = Math.Max(height, y + sizes[i].Height + Gap);
        }

        sheet = new BlockSize(width + Gap, height + Gap);
        return corners;
    }

    // How far down a drawing must be put.
    private static double Floor(List<(double X, double Width, double Y)> skyline, double x, double width) =>
        skyline.Where(part => part.X < x + width && part.X + part.Width > x).Max(part => part.Y);

    private static List<(double X, double Width, double Y)> Raise(List<(double X, double Width, double Y)> skyline, double x, double width,
        double y)
    {
        var raised = new List<(double X, double Width, double Y)>(skyline.Count + 2);
        foreach ((double left, double wide, double floor) in skyline)
        {
            double right = left + wide;
            if (right <= x || left >= x + width)
            {
                raised.Add((left, wide, floor));
                continue;
            }

            if (left <= x) raised.Add((x, width, y));
            if (right > x + width) raised.Add((x + width, right - x - width, floor));
        }

        return raised;
    }
}
