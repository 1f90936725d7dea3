using System.Runtime.InteropServices;
using Skep.Linux.Kernel;

namespace Skep.Bpf;

public sealed unsafe partial class BpfMap
{
    /// <summary>Looks a value up by a key of an unmanaged type.</summary>
    /// <typeparam name="TKey">A type of <see cref="BpfMapInfo.KeySize"/> bytes, laid out as the program's.</typeparam>
    /// <typeparam name="TValue">A type of <see cref="BpfMapInfo.ValueSize"/> bytes; not for per-CPU maps.</typeparam>
    /// <returns>False when the map has no such key.</returns>
    public bool TryLookup<TKey, TValue>(TKey key, out TValue value) where TKey : unmanaged where TValue : unmanaged
    {
        value = default;
        return TryLookup(Bytes(ref key), Bytes(ref value));
    }

    /// <summary>Looks up the values of all possible CPUs.</summary>
    /// <typeparam name="TKey">A type of <see cref="BpfMapInfo.KeySize"/> bytes.</typeparam>
    /// <typeparam name="TValue">A type of <see cref="BpfMapInfo.ValueSize"/> bytes.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="values">One for each of <see cref="PossibleCpus.Count"/>.</param>
    /// <returns>False when the map has no such key.</returns>
    public bool TryLookupPerCpu<TKey, TValue>(TKey key, Span<TValue> values) where TKey : unmanaged where TValue : unmanaged
    {
        if (!Info.IsPerCpu) throw new InvalidOperationException($"{Describe()} has one value for all CPUs");
        if (values.Length != PossibleCpus.Count)
            throw new ArgumentException($"{PossibleCpus.Count} CPUs are possible, not {values.Length}");
        if (sizeof(TValue) != Info.ValueSize)
            throw new ArgumentException($"{Describe()} has values of {Info.ValueSize} bytes, not {sizeof(TValue)}");
        int stride = Info.PerCpuStride;
        Span<byte> all = Info.UserValueSize <= 1024 ? stackalloc byte[Info.UserValueSize] : new byte[Info.UserValueSize];
        if (!TryLookup(Bytes(ref key), all)) return false;
        for (int cpu = 0; cpu < values.Length; cpu++) values[cpu] = MemoryMarshal.Read<TValue>(all[(cpu * stride)..]);
        return true;
    }

    /// <summary>Sets the value of a key of an unmanaged type.</summary>
    /// <typeparam name="TKey">A type of <see cref="BpfMapInfo.KeySize"/> bytes, laid out as the program's.</typeparam>
    /// <typeparam name="TValue">A type of <see cref="BpfMapInfo.ValueSize"/> bytes; not for per-CPU maps.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="mode">What to do when the key is or is not there.</param>
    public void Update<TKey, TValue>(TKey key, TValue value,
        BpfMapUpdate mode = BpfMapUpdate.Any) where TKey : unmanaged where TValue : unmanaged =>
        Update(Bytes(ref key), Bytes(ref value), mode);

    private static Span<byte> Bytes<T>(ref T value) where T : unmanaged => MemoryMarshal.AsBytes(new Span<T>(ref value));
}
