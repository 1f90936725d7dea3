using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Generate;

/// <summary>Sends the frames of a source out of a device.</summary>
public sealed class PacketGenerator : IDisposable
{
    private readonly IFrameSource _source;
    private readonly FrameSender _sender;
    private long _loaded;

    /// <summary>Prepares it.</summary>
    /// <param name="device">The index of the device, in this thread's network namespace.</param>
    /// <param name="source">The frames.</param>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public PacketGenerator(uint device, IFrameSource source)
    {
        _source = source;
        _sender = new(device, source.Longest, source.Most);
        Refill();
    }

    /// <summary>What was sent until now.</summary>
    public SentPackets Total { get; private set; }

    /// <summary>Whether all of the source is sent.</summary>
    public bool IsOver => _loaded == 0;

    /// <summary>Sends the next frames.</summary>
    /// <param name="most">How many at most.</param>
    public void Send(int most)
    {
        var before = Total.Tried;
        Total = _sender.Send((int)Math.Min(most, _loaded));
        if (_source.IsRepeated) return;
        _loaded -= Total.Tried - before;
        if (_loaded == 0) Refill();
    }

    /// <inheritdoc/>
    public void Dispose() => _sender.Dispose();

    private void Refill()
    {
        _sender.Buffer.Clear();
        _source.Fill(_sender.Buffer);
        _loaded = _sender.Buffer.Count;
        if (_loaded == 0) return;
        _sender.Load();
        if (_source.IsRepeated) _loaded = long.MaxValue;
    }
}
