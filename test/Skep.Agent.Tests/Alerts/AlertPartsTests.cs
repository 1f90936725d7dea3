using System.Security.Cryptography;
using CsCheck;
using Skep.Agent.Alerts.Raise;
using Skep.Agent.Alerts.Rules;
using Skep.Agent.Alerts.Send;
using Skep.Agent.History;
using Skep.Guard.Model;

namespace Skep.Agent.Tests.Alerts;

public sealed class AlertPartsTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Hmac_is_that_of_the_platform() => Gen.Select(Gen.Byte.Array[0, 200], Gen.Byte.Array[0, 300]).Sample((key, message) =>
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(key, message)), HmacSha256.Text(key, message)));

    [Fact]
    public void The_same_is_sent_once_in_its_time_and_counted()
    {
        var repeated = new RepeatedAlerts();
        AlertRule rule = Rule(AlertSource.Events) with { Every = TimeSpan.FromSeconds(10) };
        Assert.Equal(0, repeated.Take(rule, "a", Second, out long first));
        Assert.Equal(Second, first);
        Assert.Null(repeated.Take(rule, "a", 5 * Second, out first));
        Assert.Equal(Second, first);
        Assert.Equal(0, repeated.Take(rule, "b", 5 * Second, out _));
        Assert.Null(repeated.Take(rule, "a", 10 * Second, out _));
        Assert.Equal(2, repeated.Take(rule, "a", 11 * Second, out first));
        Assert.Equal(11 * Second, first);
        Assert.Null(repeated.Take(rule, "a", 12 * Second, out _));

        // The clock was set back by a day.
        Assert.Equal(1, repeated.Take(rule, "a", 12 * Second - 86_400 * Second, out _));
    }

    [Fact]
    public void Any_number_of_subjects_is_bounded_and_the_latest_stay()
    {
        var repeated = new RepeatedAlerts();
        AlertRule rule = Rule(AlertSource.Events);
        for (int i = 0; i < 25_000; i++) Assert.Equal(0, repeated.Take(rule, $"{i}", i, out _));
        Assert.Null(repeated.Take(rule, "24999", 25_000, out _));
    }

    [Fact]
    public void Rates_are_since_the_look_before()
    {
        var measured = new MeasuredAlerts();
        AlertRule[] rules = [Rule(AlertSource.Filter) with { Thresholds = [new("packets_per_second_above", 100)] }];
        Assert.Empty(measured.Judge(rules, [Sample(10, 1_000_000)], 10 * Second));
        Assert.Empty(measured.Judge(rules, [Sample(20, 1_001_000)], 20 * Second));
        // Nothing was counted for 80 s: what comes then came in the last ten.
        for (int at = 30; at <= 100; at += 10) Assert.Empty(measured.Judge(rules, [], at * Second));
        RaisedAlert alert = Assert.Single(measured.Judge(rules, [Sample(110, 1_003_000)], 110 * Second));
        Assert.Equal([new("packets_per_second", 200), new("bytes_per_second", 2000)], alert.Values);
        Assert.Equal("table edge rule 3", alert.Subject);
        // A table that was made anew counts from 0.
        Assert.Empty(measured.Judge(rules, [Sample(120, 5000)], 120 * Second));

        // Or more packets, which are smaller.
        AlertRule[] bytes = [Rule(AlertSource.Filter) with { Thresholds = [new("bytes_per_second_above", 1e12)] }];
        Assert.Empty(measured.Judge(bytes, [Sample(130, 6000) with { Bytes = 1 }], 130 * Second));
    }

    [Fact]
    public void The_first_rule_decides_and_an_allow_ends_the_search()
    {
        var measured = new MeasuredAlerts();
        AlertRule alert = Rule(AlertSource.Filter) with { Thresholds = [new("packets_per_second_above", 1)] };
        AlertRule allow = alert with { Match = alert.Match with { Action = GuardAction.Allow }, Tables = ["edge"], Thresholds = [] };
        measured.Judge([alert], [Sample(1, 0)], Second);
        Assert.Single(measured.Judge([alert, allow], [Sample(2, 1000)], 2 * Second));
        Assert.Empty(measured.Judge([allow, alert], [Sample(3, 2000)], 3 * Second));
        Assert.Single(measured.Judge([allow with { Tables = ["other"] }, alert], [Sample(4, 3000)], 4 * Second));
    }

    [Fact]
    public void A_target_that_hangs_holds_up_nobody_and_what_is_too_much_is_counted()
    {
        using var taken = new ManualResetEventSlim();
        var sender = new FakeSender(_ =>
        {
            taken.Wait();
            return SendResult.Sent;
        });
        using var delivery = new AlertDelivery(sender, _ => { });
        for (int i = 0; i < 1000; i++) delivery.Add([1]);
        Assert.Equal((0, 0, 1000 - 256, 256), Settle(delivery, counts => counts.Dropped > 0));
        taken.Set();
        Assert.Equal((256, 0, 744, 0), Settle(delivery, counts => counts.Pending == 0));
    }

    [Fact]
    public void What_may_be_taken_later_is_tried_again_and_what_never_is_not()
    {
        var reports = new List<string>();
        int tries = 0;
        var sender = new FakeSender(json => json[0] == 1 ? new("no such page", IsWorthRetry: false)
            : ++tries < 2 ? new("busy", IsWorthRetry: true) : SendResult.Sent);
        using var delivery = new AlertDelivery(sender, reports.Add);
        delivery.Add([1]);
        delivery.Add([2]);
        Assert.Equal((1, 1, 0, 0), Settle(delivery, counts => counts.Pending == 0));
        Assert.Equal(2, tries);
        Assert.Equal(["sending an alert to target t: no such page", "target t takes alerts again"], reports);
    }

    private static (long, long, long, long) Settle(
        AlertDelivery delivery, Func<(long Sent, long Failed, long Dropped, long Pending), bool> done)
    {
        for (int i = 0; i < 3000 && !done(delivery.Counts); i++) Thread.Sleep(10);
        return delivery.Counts;
    }

    private static AlertRule Rule(AlertSource source) => new("r", source, new(GuardAction.Alert, GuardOperations.All, [], null, 1));

    private static FilterSample Sample(long second, ulong packets) => new(second * Second, "edge", "3", "drop", packets, packets * 10);

    private sealed class FakeSender(Func<byte[], SendResult> send) : IAlertSender
    {
        public string Name => "t";

        public SendResult Send(byte[] json, CancellationToken end) => send(json);

        public void Dispose()
        {
        }
    }
}
