using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>Values as system calls have them: those of all CPUs, each rounded up to 8 bytes.</summary>
internal static class PerCpu
{
    public static byte[] Gather(Region values, int place, int distance, int size, int cpus)
    {
        if (cpus == 1) return values.Bytes.AsSpan(place, size).ToArray();
        int stride = (size + 7) & ~7;
        var all = new byte[stride * cpus];
        for (int cpu = 0; cpu < cpus; cpu++) values.Bytes.AsSpan(place + (cpu * distance), size).CopyTo(all.AsSpan(cpu * stride));
        return all;
    }

    /// <summary>Writes them; a value of one CPU is written to all.</summary>
    public static void Scatter(Region values, int place, int distance, int size, int cpus, ReadOnlySpan<byte> all)
    {
        int stride = (size + 7) & ~7;
        for (int cpu = 0; cpu < cpus; cpu++)
        {
            int from = all.Length >= stride * cpus && cpus > 1 ? cpu * stride : 0, to = place + (cpu * distance);
            all.Slice(from, size).CopyTo(values.Bytes.AsSpan(to));
            values.MarkWritten(to, size);
        }
    }
}
