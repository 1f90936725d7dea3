namespace Skep.Bpf;

/// <summary>Entries copied out of a map.</summary>
public sealed class BpfMapEntries
{
    private readonly int _keySize;
    private readonly int _valueSize;
    private readonly byte[] _keys;
    private readonly byte[] _values;

    internal BpfMapEntries(int count, int keySize, int valueSize, byte[] keys, byte[] values)
    {
        Count = count;
        _keySize = keySize;
        _valueSize = valueSize;
        _keys = keys;
        _values = values;
    }

    /// <summary>How many entries there are.</summary>
    public int Count { get; }

    /// <summary>The key of entry <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> Key(int index) => _keys.AsSpan(0, Count * _keySize).Slice(index * _keySize, _keySize);

    /// <summary>The value of entry <paramref name="index"/>: all CPUs' for per-CPU maps.</summary>
    public ReadOnlySpan<byte> Value(int index) => _values.AsSpan(0, Count * _valueSize).Slice(index * _valueSize, _valueSize);
}
