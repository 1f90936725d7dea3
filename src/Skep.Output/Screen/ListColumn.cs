namespace Skep.Output.Screen;

/// <summary>A column of a list: what it shows, and how rows are ordered by it.</summary>
/// <param name="Title">Its head.</param>
/// <param name="Width">Characters; negative for text, which stands at the left.</param>
/// <param name="Cell">What it shows of a row, safe for a terminal.</param>
/// <param name="Compare">The order that the column has by itself: the largest number, the first name.</param>
public sealed record ListColumn<T>(string Title, int Width, Func<T, string> Cell, Comparison<T> Compare);
