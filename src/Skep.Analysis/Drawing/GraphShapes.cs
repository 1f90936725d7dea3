namespace Skep.Analysis.Drawing;

/// <summary>A block that is to be placed.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public readonly record struct BlockSize(double Width, double Height);

/// <summary>An arrow from one block to another.</summary>
/// <param name="From">Number of a block.</param>
/// <param name="To">Number of a block; may be the same.</param>
/// <param name="Kind">Arrows of one kind that go to one block share their way.</param>
public readonly record struct GraphArrow(int From, int To, int Kind);

/// <summary>A place in a drawing: pixels from its upper left corner.</summary>
public readonly record struct Point(double X, double Y);

/// <summary>A block's place in a drawing.</summary>
/// <param name="X">Pixels from the left.</param>
/// <param name="Y">Pixels from the top.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public readonly record struct Rectangle(double X, double Y, double Width, double Height)
{
    /// <summary>Pixels from the left of the drawing to its right side.</summary>
    public double Right => X + Width;

    /// <summary>Pixels from the top of the drawing to its lower side.</summary>
    public double Bottom => Y + Height;
}

/// <summary>Where everything is.</summary>
/// <param name="Blocks">The place of each block.</param>
/// <param name="Arrows">
/// The corners of each arrow, from the lower side of the block that it leaves to the upper side of the one that it enters.
/// </param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
public sealed record GraphPlan(IReadOnlyList<Rectangle> Blocks, IReadOnlyList<IReadOnlyList<Point>> Arrows, double Width, double Height);
