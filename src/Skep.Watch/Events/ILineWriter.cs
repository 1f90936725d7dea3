namespace Skep.Watch.Events;

/// <summary>Takes the facts of an event as labelled lines: what is null is not known and has no line.</summary>
internal interface ILineWriter
{
    void Line(string label, string? value);

    void Line(string label, uint? value);

    /// <summary>A name that others chose; an empty one has no line.</summary>
    void Name(string label, string? value);

    /// <summary>Text that is safe for a terminal as it is.</summary>
    void SafeLine(string label, string value);
}
