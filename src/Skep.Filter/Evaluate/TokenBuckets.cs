using Skep.Filter.Model;

namespace Skep.Filter.Evaluate;

/// <summary>The buckets of one limit. Tokens are nanoseconds, as in the kernel's net/netfilter/nft_limit.c.</summary>
internal sealed class TokenBuckets(RateLimit limit)
{
    private readonly Dictionary<string, LinkedListNode<Bucket>> _buckets = [];
    private readonly LinkedList<Bucket> _byUse = new();

    /// <summary>Takes a packet's tokens if they are there.</summary>
    /// <returns>Whether the limit lets the packet through to the rule.</returns>
    internal bool Admit(string key, ulong now)
    {
        if (!_buckets.TryGetValue(key, out var node))
        {
            if (_buckets.Count >= limit.MaxKeys)
            {
                _buckets.Remove(_byUse.Last!.Value.Key);
                _byUse.RemoveLast();
            }
            node = new(new() { Key = key, Tokens = limit.CapacityNanoseconds, Last = now });
            _buckets.Add(key, node);
        }
        else
        {
            _byUse.Remove(node);
        }
        _byUse.AddFirst(node);

        var bucket = node.Value;
        var elapsed = now - bucket.Last;
        var room = limit.CapacityNanoseconds - bucket.Tokens;
        bucket.Tokens = elapsed >= room ? limit.CapacityNanoseconds : bucket.Tokens + elapsed;
        bucket.Last = now;
        var isWithin = bucket.Tokens >= limit.CostNanoseconds;
        if (isWithin) bucket.Tokens -= limit.CostNanoseconds;
        return isWithin != limit.Over;
    }

    private sealed class Bucket
    {
        internal required string Key { get; init; }

        internal ulong Tokens { get; set; }

        internal ulong Last { get; set; }
    }
}
