namespace Skep.Watch.Events;

/// <summary>How far captured code is proven to be the code that the kernel took.</summary>
public enum CaptureQuality
{
    /// <summary>The bytes recompute to the tag that the kernel computed over its own copy.</summary>
    Proven,

    /// <summary>Whole, and equal at entry and at exit; the kernel's tag cannot be compared.</summary>
    Consistent,

    /// <summary>Rewritten while the call ran.</summary>
    Raced,

    /// <summary>Not all of it could be read, or not twice.</summary>
    Partial,
}

internal static class CaptureQualityNames
{
    public static string Name(this CaptureQuality quality) => quality switch
    {
        CaptureQuality.Proven => "proven",
        CaptureQuality.Consistent => "consistent",
        CaptureQuality.Raced => "raced",
        _ => "partial",
    };

    /// <summary>As text shows it: a race catches the eye.</summary>
    public static string Word(this CaptureQuality quality) => quality == CaptureQuality.Raced ? "RACED" : quality.Name();
}
