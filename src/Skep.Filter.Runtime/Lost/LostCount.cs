namespace Skep.Filter.Runtime.Lost;

/// <summary>Packets that the kernel could not send.</summary>
/// <param name="Tracepoint">The tracepoint that reports them.</param>
/// <param name="Device">The device that received them, or that could not send them; empty when that is not known.</param>
/// <param name="Target">Where they were to go: a device, <c>cpu 3</c>, <c>queue 0</c>; empty for back.</param>
/// <param name="Error">The error's name; empty when the kernel has none.</param>
/// <param name="Packets">How many.</param>
public sealed record LostCount(string Tracepoint, string Device, string Target, string Error, ulong Packets)
{
    /// <summary>What happened, in a few words.</summary>
    public string Text
    {
        get
        {
            string what = Target.Length == 0 ? $"tx {Device}"
                : Device.Length == 0 ? $"redirect {Target}" : $"redirect {Device} to {Target}";
            return Error.Length == 0 ? what : $"{what}, {Error}";
        }
    }
}
