using System.Globalization;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Tests.Fixtures;

namespace Skep.Filter.Runtime.Tests.Update;

/// <summary>While rules of a list come and go, each packet gets the verdict of the list before or after an edit.</summary>
[Trait("level", "kernel")]
public sealed class EditsUnderTrafficKernelTests
{
    private const int Packets = 256;

    private static readonly double Rounds =
        double.Parse(Environment.GetEnvironmentVariable("SKEP_FILTER_ROUNDS") ?? "1", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(ListShape.Exact, 1000, ClassifierMemory.Arena)]
    [InlineData(ListShape.AccessList, 1000, ClassifierMemory.Arena)]
    [InlineData(ListShape.AccessList, 1000, ClassifierMemory.Array)]
    [InlineData(ListShape.Chain, 1000, ClassifierMemory.Arena)]
    [InlineData(ListShape.Firewall, 1000, ClassifierMemory.Array)]
    [InlineData(ListShape.Firewall, 10000, ClassifierMemory.Arena)]
    public void A_packet_is_decided_by_the_list_before_or_after(ListShape shape, int count, ClassifierMemory memory)
    {
        ArenaSupport.IsRequired(memory);
        var (random, edits) = (new Random(count + (int)shape), Math.Max(60, (int)(600 * Rounds)));
        var all = new ListGenerator(count).Make(shape, count + edits);
        random.Shuffle(all);
        using var list = new EditedList(all[..count], memory) { IsInUse = true };

        // Rules that come and go, those that are in their way, and what none of them matches.
        var frames = Enumerable.Range(0, Packets)
            .Select(i => ListPackets.For(i % 3 == 0 ? all[random.Next(count)] : all[count + random.Next(edits)], random)).ToArray();
        var versions = new bool[edits + 1][];
        versions[0] = Decide(list, frames);
        using var traffic = new Traffic(list.Loaded.Program, frames, versions);
        var (done, next, added) = (0, count, new List<EditedRule>());
        for (var tries = 0; tries < edits; tries++)
        {
            var isDeleted = added.Count > 20 || (added.Count > 0 && random.Next(3) == 0);
            var at = isDeleted && random.Next(4) != 0 ? list.Rules.IndexOf(added[random.Next(added.Count)])
                : random.Next(random.Next(4) == 0 ? list.Rules.Count : 20);
            var rules = list.Rules.Select(r => r.Rule).ToList();
            if (isDeleted) rules.RemoveAt(at);
            else rules.Insert(at, all[next]);
            versions[done + 1] = Decide(rules, frames);
            traffic.Begin(done + 1);
            var old = list.Rules[at];
            var isDone = isDeleted ? list.Delete(at) : list.Insert(at, all[next++]);
            if (!isDone)
            {
                traffic.Drop(done);
                continue;
            }
            if (isDeleted) added.Remove(old);
            else added.Add(list.Rules[at]);
            traffic.End(++done);
        }
        var (runs, between) = traffic.Stop();
        Assert.True(done > edits / 2, $"few changes in place: {string.Join(", ", list.Refusals)}");
        var telling = versions.Take(done).Zip(versions.Skip(1)).Count(v => !v.First.SequenceEqual(v.Second));
        Assert.True(telling > edits / 20, $"{telling} edits change a verdict");
        Assert.True(between > 100, $"{between} of {runs} packets were decided during an edit");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{done} edits, {telling} of them telling, {runs} packets, {between} of them during an edit");
    }

    private static bool[] Decide(EditedList list, byte[][] frames) => Decide([.. list.Rules.Select(r => r.Rule)], frames);

    /// <summary>Whether each packet passes.</summary>
    private static bool[] Decide(List<ListedRule> rules, byte[][] frames)
    {
        var all = rules.ToArray();
        return Array.ConvertAll(frames, frame =>
        {
            var first = ListPackets.First(all, frame);
            return first < 0 || all[first].Passes;
        });
    }

    /// <summary>A thread that has a program decide packets, and compares each verdict with those of the lists as of then.</summary>
    private sealed class Traffic : IDisposable
    {
        private readonly Thread _thread;
        private volatile int _done, _begun;
        private volatile bool _stop;
        private long _runs, _between;
        private string? _fault;

        internal Traffic(BpfProgram program, byte[][] frames, bool[][] versions)
        {
            _thread = new(() =>
            {
                for (var i = 0; !_stop && _fault is null; i = (i + 1) % frames.Length)
                {
                    var from = _done;
                    var action = program.Run(new BpfRun { Data = frames[i] }).ReturnValue;
                    var to = _begun;
                    _runs++;
                    if (to > from) _between++;
                    var isAny = false;
                    for (var version = from; version <= to; version++) isAny |= action == (versions[version][i] ? 2u : 1u);
                    if (!isAny) _fault = $"action {action} by edits {from} to {to}: {Convert.ToHexString(frames[i])}";
                }
            });
            _thread.Start();
        }

        /// <summary>From now on packets may be decided by a version.</summary>
        internal void Begin(int version) => _begun = version;

        /// <summary>From now on packets that come in are decided by no version before this one.</summary>
        internal void End(int version) => _done = version;

        /// <summary>The edit to the next version was refused.</summary>
        internal void Drop(int version)
        {
            _begun = version;

            // A packet that saw that version begun may still be compared with it.
            Thread.Sleep(1);
        }

        internal (long Runs, long Between) Stop()
        {
            _stop = true;
            _thread.Join();
            Assert.Null(_fault);
            return (_runs, _between);
        }

        public void Dispose()
        {
            _stop = true;
            _thread.Join();
        }
    }
}
