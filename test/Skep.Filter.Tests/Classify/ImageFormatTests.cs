using Skep.Filter.Compile;
using Skep.Filter.Update;
using Skep.Isa;

namespace Skep.Filter.Tests.Classify;

/// <summary>
/// Images that a running program searches are edited by later versions of Skep: what an image is like changes with
/// <see cref="LoadedLists.CurrentFormat"/>, and nothing else of it does.
/// </summary>
public sealed class ImageFormatTests
{
    private const int Format = 1;
    private const string Digest = "ab30d886f1656d814d32965655b27ec55eee619b4d10b2f0274852c72d70a275";

    /// <summary>
    /// When this fails, an image is not what it was: raise <see cref="LoadedLists.CurrentFormat"/>, and give that number and the digest
    /// here.
    /// </summary>
    [Fact]
    public void An_image_is_what_its_format_was()
    {
        var rules = Enumerable.Range(0, 600).Select(i => (i % 6) switch
        {
            0 => $"ip saddr 10.0.{i / 200}.{i % 200} udp dport {i} drop",
            1 => $"ip6 saddr 2001:db8::{i:x} tcp dport {i} pass",
            2 => $"tcp dport {i}-{2 * i} tcp flags syn drop",
            3 => $"icmp type {i % 200} icmp code {i % 7} drop",
            4 => $"ether saddr 52:54:00:00:{i / 200:x2}:{i % 200:x2} vlan id {i} drop",
            _ => $"ip daddr 10.{i % 200}.0.0/16 ip ttl {i % 200} meta length 60-1500 sctp sport {i} pass",
        });
        var table = Rules.ReadRules(string.Join('\n', rules)).Table!;
        var filter = FilterCompiler.Compile(FilterPlan.Of(table, 600, searched: 1), [.. Enumerable.Range(0, 600)]);
        var family = LoadedLists.Of(filter)!.Lists[0].Families[0];
        Assert.True(family.Free >= 256 && family.List > family.Records && family.Firsts > family.List);
        var (format, digest) = (LoadedLists.CurrentFormat, Sha256Digest.Text(filter.WriteImage()));
        Assert.True((format, digest) == (Format, Digest), $"format {format} has images of {digest}");
    }
}
