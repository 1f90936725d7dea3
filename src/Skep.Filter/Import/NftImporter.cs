using System;
using Skep.Filter.Syntax;

namespace Skep.Filter.Import;

/// <summary>Imports what <c>nft list ruleset</c> or <c>nft list table</c> prints.</summary>
public sealed class NftImporter
{
    private static readonly string[] Hooks = ["input", "prerouting", "ingress"];

    // What a file for nft -f can begin with.
    private static readonly string[] Beginnings =
        ["table", "add", "create", "define", "redefine", "undefine", "include", "flush", "delete", "destroy", "insert", "replace", "reset"];

    private readonly SourceText _source;
    private readonly NftReader _reader;
    private readonly ImportBuilder _builder;

    private readonly IReadOnlyCollection<string> _devices;
    private readonly HashSet<NftMap> _usedMaps = [];

    private NftImporter(SourceText source, string table, IReadOnlyCollection<string> devices)
    {
        _devices = devices;
        _source = source;
        _builder = new(table);
        _reader = new(source, _builder);
    }

    /// <summary>Imports rules. The first filter chain on the way in is taken: input, or else prerouting, or else ingress.</summary>
    /// <param name="text">What nft printed, or a file for <c>nft -f</c>.</param>
    /// <param name="table">The name for the table.</param>
    /// <param name="devices">
    /// The devices that the table is for, which decide matches of the input interface; none: any but the loopback device.
    /// </param>
    /// <returns>The table and what is not in it. No text makes it throw.</returns>
    public static ImportResult Import(string text, string table, params IReadOnlyCollection<string> devices)
    {
        var importer = new NftImporter(new SourceText("nft", text), table, devices);
        if (!Beginnings.Contains(importer._reader.FirstWord))
            return importer._builder.Build(false, 0, ImportFamily.Any,
                "it does not begin like rules of nft (give what nft list ruleset prints)");
        importer._reader.Read();
        return importer.Build();
    }

    private ImportResult Build()
    {
        var chains = _reader.Chains;
        var chain = Hooks.Select(h => chains.Find(c => c.Hook == h && c.Type == "filter")).FirstOrDefault(c => c is not null);
        if (chain is null)
        {
            Note(chains, null);
            return _builder.Build(false, 0, ImportFamily.Any,
                "no filter chain of the hooks input, prerouting or ingress is in it (give what nft list ruleset prints)");
        }
        foreach (var set in _reader.Sets.Where(s => s.Table == chain.Table))
            _builder.AddSet(set.Line, NftSets.Write(set.Name, set.Body), set.Name);
        var translator = new NftRuleTranslator(_source, chain.Family, _devices, name => FindMap(chain.Table, name));
        var imported = new Dictionary<string, ImportedChain?>();
        var byName = chains.Where(c => c.Table == chain.Table).ToDictionary(c => c.Name);
        var flattener = new ChainFlattener(_builder, Find);
        flattener.Flatten(Find(chain.Name)!);
        Note(chains.Where(c => c.Table != chain.Table || !flattener.Followed.Contains(c.Name)), chain);
        return _builder.Build(chain.Drops, chain.Line, chain.Family, flattener.Failure);

        ImportedChain? Find(string name)
        {
            if (imported.TryGetValue(name, out var known)) return known;
            var found = byName.GetValueOrDefault(name);
            return imported[name] =
                found is null
                    ? null : new(name, found.Line, found.Family, [.. found.Rules.SelectMany(r => translator.Translate(r.Line, r.Tokens))]);
        }
    }

    private List<Token>? FindMap(string table, string name)
    {
        if (_reader.FindMap(table, name) is not { } map || _builder.IsDoubtful(name)) return null;
        _usedMaps.Add(map);
        return map.Elements;
    }

    private void Note(IEnumerable<NftChain> chains, NftChain? taken)
    {
        foreach (var map in _reader.Maps.Where(m => !_usedMaps.Contains(m)))
            _builder.Note(map.Line, $"map {map.Name}", "there is no map in a table");
        foreach (var other in chains) NoteChain(other, taken);
    }

    private void NoteChain(NftChain other, NftChain? taken)
    {
        var text = $"chain {other.Name} ({other.Rules.Count} rules)";
        var (reason, meetsOthers) = (other.Hook, other.Type) switch
        {
            (null, _) => ("no imported rule leads to it", false),
            ("output" or "postrouting", _) => ("XDP sees received packets only", false),
            ("forward", _) => (ImportBuilder.ForwardedReason, other.Rules.Count > 0 && (!other.Drops || other.MayAccept)),
            (_, "nat") => (ImportBuilder.TranslatedReason, other.Rules.Count > 0),
            (_, not "filter") => ($"a chain of type {other.Type} changes what XDP does not know", false),
            _ => ("one chain is imported; accept in one chain does not end the others, so they cannot be joined", false),
        };
        if (taken?.Hook is "input" or "prerouting" && meetsOthers) _builder.LoseChain(other.Line, text, reason);
        else _builder.Note(other.Line, text, reason);
    }
}
