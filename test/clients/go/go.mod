module countersign.test/clients/go

go 1.22

// genqlient is pinned to this version
require github.com/vektah/gqlparser/v2 v2.5.19

require github.com/agnivade/levenshtein v1.1.1 // indirect
