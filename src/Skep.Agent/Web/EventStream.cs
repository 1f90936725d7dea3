using System.Threading.Channels;

namespace Skep.Agent.Web;

/// <summary>Events on their way to those who follow them. A slow reader loses some, and is sent how many.</summary>
internal sealed class EventStream
{
    private const int MostWaiting = 2500, MostFollowers = 16;

    private readonly Lock _lock = new();
    private Follower[] _followers = [];

    /// <summary>Takes an event; never waits.</summary>
    public void Send(byte[] json)
    {
        foreach (Follower one in Volatile.Read(ref _followers)) one.Take(json);
    }

    /// <summary>Begins to follow.</summary>
    /// <returns>Null when too many do.</returns>
    public Follower? Follow()
    {
        var follower = new Follower(this);
        lock (_lock)
        {
            if (_followers.Length == MostFollowers) return null;
            Volatile.Write(ref _followers, [.. _followers, follower]);
        }

        return follower;
    }

    /// <summary>One who follows.</summary>
    internal sealed class Follower(EventStream stream) : IDisposable
    {
        private readonly Channel<byte[]> _waiting =
            Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

        private long _missed;

        /// <summary>The events.</summary>
        public ChannelReader<byte[]> Events => _waiting.Reader;

        /// <summary>How many were lost since this was last asked.</summary>
        public long TakeMissed() => Interlocked.Exchange(ref _missed, 0);

        /// <inheritdoc/>
        public void Dispose()
        {
            lock (stream._lock) Volatile.Write(ref stream._followers, [.. stream._followers.Where(one => one != this)]);
        }

        internal void Take(byte[] json)
        {
            if (!_waiting.Writer.TryWrite(json)) Interlocked.Increment(ref _missed);
        }
    }
}
