using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Owned;

namespace Skep.Debug.Machine.Maps;

/// <summary>Values as system calls have them: those of all CPUs, each rounded up to 8 bytes.</summary>
internal static class PerCpu
{
    public static byte[] Gather(Region values, int place, int distance, int size, int cpus)
    {
        int stride = cpus == 1 ? size : (size + 7) & ~7;
        var all = new byte[stride * cpus];
        for (int cpu = 0; cpu < cpus; cpu++)
        {
            Span<byte> value = all.AsSpan(cpu * stride, size);
            values.Bytes.AsSpan(place + (cpu * distance), size).CopyTo(value);
            SpecialField.Hide(values.Fields, value);
        }

        return all;
    }

    /// <summary>Writes them; a value of one CPU is written to all. What their fields own ends.</summary>
    public static void Scatter(AddressSpace space, Region values, int place, int distance, int size, int cpus, ReadOnlySpan<byte> all)
    {
        int stride = (size + 7) & ~7;
        for (int cpu = 0; cpu < cpus; cpu++)
        {
            int from = all.Length >= stride * cpus && cpus > 1 ? cpu * stride : 0, to = place + (cpu * distance);
            OwnedFields.Copy(values, to, all.Slice(from, size));
            OwnedFields.End(space, values, to);
        }
    }
}
