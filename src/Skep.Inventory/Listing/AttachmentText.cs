using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Where a program is attached, in a line.</summary>
public static class AttachmentText
{
    /// <summary>By what, at which point, to what.</summary>
    public static string Line(Attachment place)
    {
        ArgumentNullException.ThrowIfNull(place);
        string text = place.LinkId != 0 ? $"by link {place.LinkId}" : $"by {place.Kind.Name()}";
        if (place.Point?.Name is { } point && point != place.Kind.Name()) text += $", {point}";
        return place.Target is { } target ? $"{text}: {SafeText.Escape(target.Text)}" : text;
    }

    /// <summary>At which point, to what.</summary>
    public static string Where(Attachment place)
    {
        ArgumentNullException.ThrowIfNull(place);
        string text = place.Point?.Name ?? place.Kind.Name();
        return place.Target is { } target ? $"{text}: {SafeText.Escape(target.Text)}" : text;
    }
}
