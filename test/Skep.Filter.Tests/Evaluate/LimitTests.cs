using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Packets.Building;

namespace Skep.Filter.Tests.Evaluate;

public sealed class LimitTests
{
    private const ulong Second = 1_000_000_000;

    private static byte[] Ping(uint source) => PacketBuilder.Build(new() { Protocol = 1, Source = source, Destination = 2 });

    private static string Run(string rule, params (ulong Time, uint Source)[] packets)
    {
        var evaluator = new Evaluator(Rules.Table(rule), () => 0);
        return string.Concat(packets.Select(p => evaluator.Decide(Ping(p.Source), p.Time).Rule == 0 ? 'h' : '.'));
    }

    [Fact]
    public void A_bucket_begins_full_and_fills_with_time() =>
        Assert.Equal(
            "hhh..h.h",
            Run(
                "limit rate 10/second burst 3 drop",
                (0, 1),
                (0, 1),
                (0, 1),
                (0, 1),
                (99_999_999, 1),
                (100_000_000, 1),
                (199_999_999, 1),
                (200_000_000, 1)));

    [Fact]
    public void Time_that_goes_back_stands_still() =>
        Assert.Equal(
            "h...h", Run("limit rate 1/second burst 1 drop", (5 * Second, 1), (4 * Second, 1), (0, 1), (5 * Second, 1), (6 * Second, 1)));

    [Fact]
    public void Over_hits_what_the_limit_without_it_does_not() =>
        Assert.Equal(
            "...hh.h.",
            Run(
                "limit rate over 10/second burst 3 drop",
                (0, 1),
                (0, 1),
                (0, 1),
                (0, 1),
                (99_999_999, 1),
                (100_000_000, 1),
                (199_999_999, 1),
                (200_000_000, 1)));

    [Fact]
    public void A_bucket_never_holds_more_than_the_burst() =>
        Assert.Equal(
            "hh.hh.",
            Run("limit rate 1/second burst 2 drop", (0, 1), (0, 1), (0, 1), (1000 * Second, 1), (1000 * Second, 1), (1000 * Second, 1)));

    [Fact]
    public void The_burst_is_five_unless_given() =>
        Assert.Equal("hhhhh.", Run("limit rate 1/day drop", [.. Enumerable.Repeat((0UL, 1u), 6)]));

    [Fact]
    public void Each_key_has_its_bucket() =>
        Assert.Equal("hh..", Run("limit rate 1/hour burst 1 per ip saddr drop", (0, 1), (0, 2), (0, 1), (0, 2)));

    [Fact]
    public void The_key_unseen_for_longest_is_forgotten() =>
        Assert.Equal("hh.hh.", Run("limit rate 1/hour burst 1 per ip saddr size 2 drop", (0, 1), (0, 2), (0, 1), (0, 3), (0, 2), (0, 3)));

    [Fact]
    public void A_packet_without_the_keys_header_is_not_hit()
    {
        var arp = PacketBuilder.Build(new() { EtherType = 0x0806 });
        Assert.Equal(-1, Rules.Decide("limit rate 1/hour per ip saddr drop", arp).Rule);
        Assert.Equal(-1, Rules.Decide("limit rate over 1/hour burst 1 per ip saddr drop", arp).Rule);
    }

    [Fact]
    public void Packets_that_do_not_match_take_no_tokens()
    {
        var evaluator = new Evaluator(Rules.Table("ip saddr 0.0.0.1 limit rate 1/hour burst 1 drop"), () => 0);
        for (var i = 0; i < 10; i++) Assert.Equal(-1, evaluator.Decide(Ping(9), 0).Rule);
        Assert.Equal(0, evaluator.Decide(Ping(1), 0).Rule);
        Assert.Equal(-1, evaluator.Decide(Ping(1), 0).Rule);
        Assert.Equal(new RuleCount(1, (ulong)Ping(1).Length), evaluator.Counts[0]);
    }

    [Fact]
    public void Elements_run_out()
    {
        const string set = "set s { type ipv4_addr; timeout 1s; elements = { 0.0.0.1, 0.0.0.2 timeout 2s, 0.0.0.0/29 timeout 3s } }\n";
        Assert.Equal(
            "hhhhhh.",
            Run(
                set + "ip saddr @s drop",
                (0, 1),
                (Second - 1, 1),
                (Second, 1),
                (2 * Second - 1, 2),
                (2 * Second, 2),
                (3 * Second - 1, 7),
                (3 * Second, 7)));
        Assert.Equal("h.", Run("set s { type ipv4_addr; timeout 1s; elements = { 0.0.0.1 } }\nip saddr @s drop", (5, 1), (Second + 5, 1)));
    }

    [Fact]
    public void A_sample_logs_one_in_n_by_the_random_number()
    {
        var table = Rules.Table("log sample 1/4 pass");
        uint[] numbers = [0, (1u << 30) - 1, 1u << 30, uint.MaxValue];
        Assert.Equal([1, 1, 0, 0], numbers.Select(n => new Evaluator(table, () => n).Decide(Ping(1), 0).Logged.Count));
        Assert.Single(new Evaluator(Rules.Table("log pass"), () => uint.MaxValue).Decide(Ping(1), 0).Logged);
    }
}
