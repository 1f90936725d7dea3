using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Maps;

/// <summary>A queue or a stack.</summary>
internal sealed class QueueMap : MachineMap
{
    private const int FirstAt = 0, CountAt = 1;

    private readonly Block _values;
    private readonly IntTable _state;
    private readonly int _size;
    private readonly bool _isStack;

    public QueueMap(MapDefinition definition, AddressSpace space)
        : base(definition, space)
    {
        _size = (int)definition.ValueSize;
        _isStack = definition.Type == BpfMapType.Stack;
        long bytes = (long)_size * CountOf(definition);
        if (bytes > MapTable.MostBytes)
            throw new NotSupportedException($"create map {definition.Name}: its values are more than a machine holds");
        _values = space.NewBlock((int)bytes);
        _state = space.NewTable(2);
    }

    public override int Count => _state[CountAt];

    public override long Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Push(value, 0);

    /// <summary>The values, the one that a pop takes first.</summary>
    public override byte[]? Get(ReadOnlySpan<byte> key)
    {
        var value = new byte[_size];
        return Peek(value) == 0 ? value : null;
    }

    internal override long Push(ReadOnlySpan<byte> value, ulong flags)
    {
        if ((flags & NoExist) != 0 || flags > Exist) return MapError.Invalid;
        int capacity = (int)Definition.MaxEntries;
        if (Count == capacity)
        {
            if (flags != Exist) return MapError.TooBig;
            _state[FirstAt] = (_state[FirstAt] + 1) % capacity;
            _state[CountAt]--;
        }

        _values.Write(Place(Count), value);
        _state[CountAt]++;
        return 0;
    }

    internal override long Pop(Span<byte> value)
    {
        long result = Peek(value);
        if (result != 0) return result;
        if (!_isStack) _state[FirstAt] = (_state[FirstAt] + 1) % (int)Definition.MaxEntries;
        _state[CountAt]--;
        return 0;
    }

    internal override long Peek(Span<byte> value)
    {
        if (Count == 0)
        {
            value.Clear();
            return MapError.NotFound;
        }

        _values.Bytes.AsSpan(Place(_isStack ? Count - 1 : 0), _size).CopyTo(value);
        return 0;
    }

    private int Place(int number) => (_state[FirstAt] + number) % (int)Definition.MaxEntries * _size;
}
