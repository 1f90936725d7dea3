using System.Globalization;
using Skep.Filter.Bench;
using Skep.Testing;

const int turns = 7;

// What rules and lookups in sets cost under BPF_PROG_RUN, in nanoseconds a packet: all variants in turns within one run, the best of
// several turns, with an empty program among them. "Other address each time" means that a few instructions before the filter write one of
// 2^20 addresses into the packet; the line without a lookup has them too. Wants root and a quiet machine. Nothing here passes or fails.
// With words:
//   rules N... [--other FILE]   lists of so many rules, beside programs of other filters
//   shapes N...                 lists in the shapes of access lists, firewalls and chains
//   sets [NAME...]              sets
//   list LANGUAGE SHAPE N       prints a list: skep, nft, iptables, bpfilter, or its addresses
//   plots FILE DIRECTORY        draws the results in a file of bench/results/filter
switch (args)
{
    case ["sets", .. var names]:
        SetCosts.Run(turns, string.Join(' ', names));
        return;
    case ["rules", .. var words]:
        var sizes = words.TakeWhile(w => w != "--other").ToArray();
        var others = words.Length > sizes.Length ? ForeignProgram.Read(words[^1]) : [];
        using (var costs = new ListCosts())
            foreach (var size in sizes) costs.Exact(Number(size), others);
        return;
    case ["shapes", .. var words]:
        using (var costs = new ListCosts())
        {
            foreach (var size in words)
            {
                costs.Shape(ListShape.AccessList, "access list", Number(size));
                costs.Shape(ListShape.Firewall, "firewall", Number(size));
                costs.Shape(ListShape.Chain, "chain", Number(size));
            }
        }
        return;
    case ["list", var language, var shape, var size]:
        using (var output = new StreamWriter(Console.OpenStandardOutput()))
        {
            foreach (var rule in new ListGenerator(1).Make(Enum.Parse<ListShape>(shape, ignoreCase: true), Number(size)))
                output.WriteLine(ListText.Rule(language, rule));
        }
        return;
    case ["plots", var file, var directory]:
        FilterPlots.Draw(file, directory);
        return;
    case []:
        RuleCosts.Run(turns);
        SetCosts.Run(turns);
        return;
    default:
        throw new ArgumentException($"no '{args[0]}' with {args.Length - 1} words");
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
